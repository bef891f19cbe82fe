package reader

// AutoSections and FoldAuto are how the lists of automatic answers are read.
var AutoSections, FoldAuto = autoSections, foldAuto
