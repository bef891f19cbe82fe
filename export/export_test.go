package export

import (
	"bytes"
	"context"
)

// InSegments makes c keep its rows in segments of so many bytes, for tests with few rows.
func InSegments(c *Checkpoints, bytes int64) *Checkpoints {
	c.segment = bytes
	return c
}

// Missum makes c's state speak of other rows than those that are kept.
func Missum(ctx context.Context, c *Checkpoints) error {
	last, err := c.load(ctx)
	if err != nil {
		return err
	}
	last.Sets[0].Sum++
	text, err := last.text()
	if err != nil {
		return err
	}
	_, err = c.Progress.Put(ctx, c.Request, c.stateName(), bytes.NewReader(text))
	return err
}
