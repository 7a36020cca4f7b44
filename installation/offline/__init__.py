"""Photos and clips painted to files, contact sheets, and checks of a whole collection."""
