package export

// InSegments makes c keep its rows in segments of so many bytes, for tests with few rows.
func InSegments(c *Checkpoints, bytes int64) *Checkpoints {
	c.segment = bytes
	return c
}
