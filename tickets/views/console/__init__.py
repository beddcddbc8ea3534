"""The console's pages. Each view: parse → fetch for this colleague → call a verb → render."""
