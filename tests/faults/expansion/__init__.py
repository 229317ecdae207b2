"""An app whose only migration adds to the busiest tables, as a next version would."""
