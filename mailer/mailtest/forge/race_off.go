//go:build !race

package forge

const racing = false
