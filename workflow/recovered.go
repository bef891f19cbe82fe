package workflow

import "time"

// Proof is what a copy of a letter that was sent says of a request whose own record may
// be lost. Only a copy that carries our seal is one.
type Proof struct {
	Type    EffectType // which letter it was
	Effect  EffectID
	At      time.Time // when it left
	Package *Package  // SendPackage: what was sent
	Ack     *Ack      // SendPackage: what released it
}

// effectsALife is how many effects one life of a store may order for one request.
const effectsALife = 1000

// EffectBase is the number from which the effects of a life of the store are counted, so
// that no Message-ID is used for two letters: receivers drop the second. The first life is
// epoch 1, or 0 where none was recorded yet.
func EffectBase(epoch int64) int { return int(max(epoch-1, 0)) * effectsALife }
