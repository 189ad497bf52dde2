package tenant

import "strings"

// kind is what a row of the demo organization's list is.
type kind string

const (
	person    kind = ""
	admin     kind = "admin"
	disabled  kind = "disabled" // with a mailbox that goes on receiving
	guest     kind = "guest"
	noMailbox kind = "none"
	shared    kind = "shared"
	room      kind = "room"
	equipment kind = "equipment"
)

// entry is somebody of the demo organization.
type entry struct {
	given, surname, display, local, job, language string
	kind                                          kind
}

// demoPeople is the demo organization: given name, surname, display name
// ("": given and surname), local part, job, language, kind.
const demoPeople = `
Anna|Lindqvist||anna.lindqvist|Owner|sv-SE|admin
Юлия|Соколова||yulia.sokolova|Baker|ru-RU|
Mehmet|Yıldız||mehmet.yildiz|Baker|tr-TR|
देविका|नायर||devika.nair|Baker|hi-IN|
하늘|김|김하늘|haneul.kim|Pastry cook|ko-KR|
Łukasz|Wójcik||lukasz.wojcik|Baker|pl-PL|
Siobhán|Ní Bhriain||siobhan.nibhriain|Shift leader|ga-IE|
||Oven control|oven-control|||none
Petra|Novák||petra.novak@flourmill.example||cs-CZ|guest
||Information|info|||shared
Ελένη|Παπαδοπούλου||eleni.papadopoulou|Shop manager|el-GR|
أمينة|الحداد||amina.alhaddad|Sales assistant|ar-MA|
さくら|山本|山本 さくら|sakura.yamamoto|Pastry cook|ja-JP|
Nora|O'Brien||nora.o'brien|Sales assistant|en-IE|
Gunnar|Berg||gunnar.berg|Driver (left)|sv-SE|disabled
Amélie|Laurent||amelie.laurent|Head of shops|fr-FR|
Chidinma|Okafor||chidinma.okafor|Bookkeeper|en-NG|
José Ángel|Muñoz||jose.munoz|Driver|es-ES|
Jürgen|Köhler||juergen.koehler|Master baker|de-DE|
Mai|Nguyễn Thị|Nguyễn Thị Mai|mai.nguyen|Sales assistant|vi-VN|
נועה|לוי||noa.levi|Sales assistant|he-IL|
||Accounts|accounts|||shared
||Meeting room Rye|room.rye|||room
||Delivery van 1|van1|||equipment
||Development test|dev+test|||
Karin|Öberg||karin.oberg|Office manager|sv-SE|
Ğülşen|Çağlar||gulsen.caglar|Sales assistant|tr-TR|
Zoë|van der Berg||zoe.vanderberg|Marketing|nl-NL|
Søren|Ødegård||soren.odegard|Driver|nb-NO|
Þóra|Jónsdóttir||thora.jonsdottir|Sales assistant|is-IS|
João|Conceição||joao.conceicao|Baker|pt-PT|
Ştefan|Ionescu||stefan.ionescu|Baker|ro-RO|
Želimir|Đurić||zelimir.duric|Driver|hr-HR|
Олена|Шевченко||olena.shevchenko|Sales assistant|uk-UA|
Γιώργος|Νικολάου||giorgos.nikolaou|Baker|el-GR|
伟|王|王伟|wei.wang|Baker|zh-CN|
美玲|陳|陳美玲|meiling.chan|Pastry cook|zh-TW|
สมชาย|ใจดี||somchai.jaidee|Baker|th-TH|
தமிழ்ச்செல்வி|முருகன்||tamilselvi.murugan|Sales assistant|ta-IN|
فاطمه|رضایی||fatemeh.rezaei|Sales assistant|fa-IR|
დავით|ბერიძე||davit.beridze|Driver|ka-GE|
Անահիտ|Սարգսյան||anahit.sargsyan|Sales assistant|hy-AM|
ሰላም|በቀለ||selam.bekele|Baker|am-ET|
Seán|O’Connor||sean.o'connor|Baker|en-IE|
Mary-Jane|St. John||mary-jane.st.john|Sales assistant|en-GB|
D'Arcy|MacLeod||d'arcy.macleod|Apprentice|en-GB|
Marta|Kowalska-Żółć||marta.kowalska|Sales assistant|pl-PL|
Håkan|Åström||hakan.astrom|Driver|sv-SE|
Ana María|de la Fuente y Ruiz||ana.delafuente|Shop manager|es-MX|
Björn|Straße||bjoern.strasse|Apprentice|de-AT|
Kateřina|Dvořáková||katerina.dvorakova|Sales assistant|cs-CZ|
Imre|Szőke|Szőke Imre|imre.szoke|Baker|hu-HU|
Līga|Bērziņa||liga.berzina|Sales assistant|lv-LV|disabled
Tom|Miller||tom.miller@deliveries.example||en-GB|guest
||Orders|orders|||shared
||Meeting room Spelt|room.spelt|||room
||Till display|till-display|||none
Ines|Ferreira||ines.ferreira+shop|Sales assistant|pt-BR|
Will|Baker||will.baker|Apprentice|en-GB|
Åsa|Lindqvist||asa.lindqvist|Bookkeeper|sv-SE|
`

// demoEntries reads demoPeople.
func demoEntries() (list []entry) {
	for line := range strings.SplitSeq(strings.TrimSpace(demoPeople), "\n") {
		f := strings.Split(line, "|")
		e := entry{given: f[0], surname: f[1], display: f[2], local: f[3], job: f[4], language: f[5], kind: kind(f[6])}
		if e.display == "" {
			e.display = e.given + " " + e.surname
		}
		list = append(list, e)
	}
	return list
}

// madeUp gives the parts that further people's names are made of, with their
// Latin spelling.
func madeUp() (given, surnames [][2]string) {
	split := func(s string) (list [][2]string) {
		for field := range strings.FieldsSeq(s) {
			name, latin, _ := strings.Cut(field, "=")
			list = append(list, [2]string{name, latin})
		}
		return list
	}
	return split("Eva=eva Noël=noel Zofia=zofia Иван=ivan Дарья=darya Νίκος=nikos Ayşe=ayse Björk=bjork Đorđe=djordje Lý=ly " +
			"יוסף=yosef عمر=omar अनन्या=ananya 지우=jiwoo 健太=kenta 秀英=xiuying Aoife=aoife Tomás=tomas Şebnem=sebnem Ewa=ewa " +
			"Grace=grace Ólafur=olafur Ramón=ramon Chiara=chiara Květa=kveta Ferenc=ferenc Oksana=oksana Kofi=kofi Sana=sana Peter=peter"),
		split("Andersson=andersson Müller=mueller Kovač=kovac Петров=petrov Γεωργίου=georgiou Yılmaz=yilmaz Nowak=nowak Trần=tran O'Neill=o'neill D'Souza=d'souza " +
			"כהן=cohen حسن=hassan शर्मा=sharma 박=park 佐藤=sato 李=li Gonçalves=goncalves Ågren=agren Łoś=los Horváth=horvath " +
			"Smith=smith Mc-Kay=mc-kay Ørsted=orsted Pérez=perez Rossi=rossi Čapek=capek Коваль=koval Mensah=mensah Khan=khan Weiß=weiss")
}
