// Package demo is a whole world in one process: a post office, a Redis, an
// Azure-shaped API, tenants whose admins sign their mail, and a dsrd among them.
// The demonstration and the conversation tests play in it.
//
// It must never reach outside the process, and never take the place of any part
// of dsrd itself: what plays here is assembled as in `dsrd serve`.
package demo
