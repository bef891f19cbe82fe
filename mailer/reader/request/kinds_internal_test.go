package request

import "testing"

func TestASubjectLineThatIsOfAnEarlierMail(t *testing.T) {
	for subjectLine, want := range map[string]bool{
		"Re: Data erasure": true,
		"RE[2]: erasure":   true,
		"Odp: wniosek":     true,
		"Vá: törlés":       true,
		"VÁ: törlés":       true,
		"返信：開示請求":          true,
		"回复: 删除":           true,
		"회신: 삭제 요청":        true,
		"Vb inloggning":    false,
		"Request: erasure": false,
		"Data erasure":     false,
		"":                 false,
		"개인정보 삭제 요청: 회신 바람": false,
	} {
		if got := isReplyLine(subjectLine); got != want {
			t.Errorf("%q: got %v, want %v", subjectLine, got, want)
		}
	}
}
