package content

// class is a set of properties of a type.
type class uint16

const (
	program   class = 1 << iota // machine code, or code that a runtime starts when the file is opened
	script_                     // opening the file runs its text
	shortcut_                   // leads to something else, or sets something
	launcher                    // of those: opening it starts what it names
	installer
	diskImage
	archive_
	office_
	document // people open it to read it
	picture_
)

// classes are the properties of each type that has any.
var classes = func() map[Type]class {
	m := map[Type]class{}
	for c, list := range map[class][]Type{
		program:   {"exe", "dll", "xll", "dos", "elf", "macho", "class", "jar", "apk", "com", "ne"},
		script_:   {"js", "jse", "vbs", "vbe", "wsf", "wsc", "hta", "ps1", "bat", "sh", "py", "pl", "rb", "php", "au3", "ahk", "applescript", "reg", "inf", "jnlp", "lua", "tcl"},
		shortcut_: {"lnk", "url", "webloc", "desktop", "library-ms", "search-ms", "searchconnector-ms", "settingcontent-ms", "msc", "scf", "application", "appref-ms", "theme", "rdp", "iqy", "slk", "diagcab", "chm"},
		launcher:  {"lnk", "desktop", "settingcontent-ms", "msc", "scf", "application", "appref-ms", "chm", "iqy", "slk", "diagcab"},
		installer: {"msi", "msp", "mst", "msix", "appinstaller", "dmg", "pkg", "deb", "rpm", "apk", "crx", "xpi", "vsix"},
		diskImage: {"iso", "udf", "img", "vhd", "vhdx", "vmdk", "wim", "dmg"},
		archive_:  {"zip", "rar", "7z", "tar", "gz", "bz2", "xz", "zst", "lzma", "cab", "arj", "ace", "lzh", "cpio", "ar", "z", "iso", "udf", "img", "vhd", "vhdx", "vmdk", "wim", "dmg"},
		office_: {"doc", "docx", "docm", "dotx", "dotm", "xls", "xlsx", "xlsm", "xltx", "xltm", "xlsb", "xlam", "ppt", "pptx", "pptm", "ppsx", "ppsm", "potx", "potm", "ppam",
			"rtf", "odt", "ods", "odp", "odg", "one", "vsd", "vsdx", "vsdm", "pub", "wordml", "accdb", "mdb", "encrypted_office"},
		document: {"pdf", "html", "svg", "mht", "xml", "txt", "csv"},
		picture_: {"png", "jpg", "gif", "webp", "bmp", "tiff", "ico", "heic", "avif", "emf", "wmf"},
	} {
		for _, t := range list {
			m[t] |= c
		}
	}
	return m
}()

func (t Type) is(c class) bool { return classes[t]&c != 0 }

// IsProgram says that the type is machine code, or code that a runtime starts
// when the file is opened.
func (t Type) IsProgram() bool { return t.is(program) }

// IsScript says that opening the file runs its text, on a system that has what
// runs it.
func (t Type) IsScript() bool { return t.is(script_) }

// IsShortcut says that the file leads to something else, or sets something.
func (t Type) IsShortcut() bool { return t.is(shortcut_) }

// IsLauncher says that opening the file starts what it names.
func (t Type) IsLauncher() bool { return t.is(launcher) }

// IsInstaller says that opening the file installs something.
func (t Type) IsInstaller() bool { return t.is(installer) }

// IsDiskImage says that the file is a disk, which Windows opens as a drive.
func (t Type) IsDiskImage() bool { return t.is(diskImage) }

// IsArchive says that the file holds files.
func (t Type) IsArchive() bool { return t.is(archive_) }

// IsOffice says that the file is a document of an office suite.
func (t Type) IsOffice() bool { return t.is(office_) }

// IsDocument says that people open the file to read it.
func (t Type) IsDocument() bool { return t.is(office_ | document) }

// IsImage says that the file is a picture.
func (t Type) IsImage() bool { return t.is(picture_) }

// Runs says that opening the file runs something.
func (t Type) Runs() bool { return t.is(program | script_ | installer | launcher) }
