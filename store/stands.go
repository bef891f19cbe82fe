package store

import "context"

// Stands gives the generation as it stands and changes nothing, whoever's it is: its ID is ""
// where none was founded. Unlike Learn it adopts nothing of it.
func (s *Store) Stands(ctx context.Context) (Generation, error) { return s.stands(ctx) }
