"""The translations, one .po file a language. A package, so that the files are part of every installation."""
