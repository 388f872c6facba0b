"""Template tags, one module a family: words, times, actors, figures, transcripts, commands, block parts."""
