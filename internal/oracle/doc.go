// Package oracle judges from what receivers recorded whether the promises held. It shares no code
// with what it judges, and never asks it whether it is right.
package oracle
