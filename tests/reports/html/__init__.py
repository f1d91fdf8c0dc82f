"""The report that people read, held to what it promises."""
