package content

import "cloudappsecurity/service/inspect/content/archive"

// reader gives what looks into a type; nil where there is nothing to look into.
func (t Type) reader() func(*work) error {
	switch t {
	case "zip", "jar", "apk", "msix", "vsix", "xpi", "xps":
		return zipped
	case "docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xltx", "xltm", "xlsb", "xlam", "pptx", "pptm", "ppsx", "ppsm", "potx", "potm", "ppam", "vsdx", "vsdm":
		return ooxml
	case "odt", "ods", "odp", "odg":
		return opendocument
	case "ole", "doc", "ppt", "vsd", "pub", "package", "equation", "encrypted_office", "msi", "msp", "mst":
		return compoundFile
	case "xls":
		return oldWorkbook
	case "msg":
		return outlookMessage
	case "rtf":
		return rtf
	case "pdf":
		return pdfFile
	case "rar":
		return rar
	case "7z":
		return placed(archive.SevenZip)
	case "iso":
		return iso
	case "cab":
		return placed(archive.Cab)
	case "tar":
		return tarred
	case "gz":
		return compressed(archive.Gzip)
	case "bz2":
		return compressed(archive.Bzip2)
	case "xz":
		return compressed(archive.XZ)
	case "zst":
		return compressed(archive.Zstd)
	case "html":
		return page
	case "svg":
		return svg
	case "mht", "eml":
		return message
	case "tnef":
		return wrapped
	case "one":
		return notebook
	case "activemime":
		return activeMimeFile
	case "wordml":
		return flatDocument
	}
	return t.small()
}

// small gives what looks into the types that are read as text, and pictures.
func (t Type) small() func(*work) error {
	switch t {
	case "p7m":
		return sealed
	case "pgp":
		return pgp
	case "ics", "vcf":
		return invitation
	case "lnk":
		return shortcut
	case "url", "webloc", "desktop", "library-ms", "search-ms", "searchconnector-ms", "settingcontent-ms", "msc", "scf", "application", "appref-ms", "appinstaller", "theme", "rdp", "iqy", "slk", "jnlp":
		return setting
	case "txt", "csv", "xml", "json", "css", "xsl":
		return textFile
	case "png", "jpg", "gif", "webp", "bmp", "tiff":
		return image
	}
	if t.IsScript() {
		return script
	}
	return nil
}

// oldWorkbook is a workbook in a compound file, or without one.
func oldWorkbook(w *work) error {
	if w.compound == nil && len(w.Problems) == 0 {
		return bareWorkbook(w)
	}
	return compoundFile(w)
}
