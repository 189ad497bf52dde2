package content

// The structural properties. Each says what is there, not that it is bad: the
// rules do that.
const (
	// Macros and automatic actions in Office documents
	VBAMacro       Kind = "vba_macro"        // a module with code; the detail names it
	VBAAutoRun     Kind = "vba_auto_run"     // a procedure which runs without being asked for
	VBASuspicious  Kind = "vba_suspicious"   // a call that starts programs, fetches or writes files
	VBAStomped     Kind = "vba_stomped"      // compiled code whose source was taken out
	VBAEmpty       Kind = "vba_empty"        // a project without a line of code
	XLMMacro       Kind = "xlm_macro"        // a sheet of Excel 4 macros
	XLMAutoRun     Kind = "xlm_auto_run"     // one which runs when the file is opened
	DDE            Kind = "dde"              // a field or cell that starts a program by DDE
	RemoteTemplate Kind = "remote_template"  // a template that is fetched when the file is opened
	RemoteObject   Kind = "remote_object"    // an object or frame that is fetched when the file is opened
	Equation       Kind = "equation_editor"  // an object of the Equation Editor, whose flaws run code
	OLEObject      Kind = "ole_object"       // any other embedded object
	ActiveX        Kind = "activex"          // a control
	OpenToAll      Kind = "open_to_all"      // encrypted with a password that Office tries by itself
	AutoUpdate     Kind = "ole_auto_update"  // an object that loads itself (\objupdate)
	Obfuscated     Kind = "obfuscated"       // a structure that only hides from scanners
	RunsProgram    Kind = "runs_program"     // an action which starts a program
	Package        Kind = "embedded_package" // a file wrapped into an object; it is a child item

	// PDF
	PDFJavaScript Kind = "pdf_javascript"
	PDFLaunch     Kind = "pdf_launch" // starts a program or opens a file
	PDFOpenAction Kind = "pdf_open_action"
	PDFEmbedded   Kind = "pdf_embedded_file"
	PDFForm       Kind = "pdf_submit_form" // sends what is filled in to an address

	// HTML and SVG
	HTMLSmuggling Kind = "html_smuggling"     // a script that puts a file together and saves it
	HTMLHidden    Kind = "html_hidden_script" // a script that writes the page from coded text
	HTMLPassword  Kind = "html_password_form"
	HTMLRefresh   Kind = "html_refresh" // leads elsewhere by itself
	SVGScript     Kind = "svg_script"
	SVGForeign    Kind = "svg_foreign_object" // a page within a picture

	// Shortcuts, settings, scripts, programs
	ShortcutTarget  Kind = "shortcut_target"  // what a shortcut starts
	ShortcutCommand Kind = "shortcut_command" // with which arguments
	ShortcutRemote  Kind = "shortcut_remote"  // where an internet shortcut or search connector leads
	SettingsCommand Kind = "settings_command" // a settings or console file that runs a command
	AddIn           Kind = "addin"            // a program that Excel loads (XLL)
	ScriptObject    Kind = "script_object"    // a script that starts programs or fetches files
	FormulaCommand  Kind = "formula_command"  // a text table whose cell starts a program

	// Other
	TypeMismatch Kind = "type_mismatch" // a dangerous content under a harmless extension
	QRCode       Kind = "qr_code"
	EICAR        Kind = "eicar"
)
