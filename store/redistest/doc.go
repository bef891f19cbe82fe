// Package redistest starts real Redis servers for tests: one alone, a Sentinel trio, a six-node
// Cluster. It never knows what is stored in them.
package redistest
