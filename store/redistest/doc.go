// Package redistest starts real Redis servers for tests: one alone, a Sentinel trio, a six-node
// Cluster. It never knows what is stored in them, and leaves none running behind the process that
// started it, however that process ends.
package redistest
