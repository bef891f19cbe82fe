//go:build race

package forge

const racing = true
