//go:build race

package mailer_test

const racing = true
