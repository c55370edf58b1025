"""Raw text in, a set worth fine-tuning on out."""
