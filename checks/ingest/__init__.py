"""Does anything still write? Ingest halted, drained and resumed, judged from what was seen."""
