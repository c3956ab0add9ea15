"""The third measure: many rows as a job or a file, beside a call of a verb for each."""
