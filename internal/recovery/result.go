package recovery

// Result is what a recovery did, or would do. After a crash the next run counts what it does
// itself.
type Result struct {
	Judgement
	Epoch int64 // of the life that began; 0 when none did

	Mails     int // read from the mailboxes again
	Known     int // of them: the store knew what became of them
	TooOld    int // of them: so old that everything about them would be removed again
	Unread    int // mails that could not be read: they stay where they are, a person must look
	Withdrawn int // mails by which a request was taken back

	Born   int // requests that the store did not have
	Joined int // mails that asked for what an open request asks for

	Copies  int // of letters that were sent, with our seal
	Forged  int // copies without it: they prove nothing
	Orphans int // requests that copies tell of, and nothing else does
	Settled int // letters that had left, and that the store still had to send

	Completed int // requests whose package had left
	Ended     int // requests that had been declined or refused
	Asked     int // requests whose admin is asked, for the first time or anew
	Review    int // requests that a person must look at
	Refused   int // requests that the law did not let move: they stand as they stood
}

// Step names what a recovery is doing.
type Step string

// The steps, in their order.
const (
	StepBegin       Step = "begin"
	StepSent        Step = "sent"
	StepMails       Step = "mails"
	StepWithdrawals Step = "withdrawals"
	StepRequests    Step = "requests"
	StepMarkers     Step = "markers"
	StepEnd         Step = "end"
)

// Steps lists them in their order.
func Steps() []Step {
	return []Step{StepBegin, StepSent, StepMails, StepWithdrawals, StepRequests, StepMarkers, StepEnd}
}

// Progress is told at the beginning of each step, and then each thousand mails or requests.
type Progress struct {
	Step Step
	Done int // mails or requests of this step so far
}

// toldEach is how many mails or requests there are between two reports.
const toldEach = 1000
