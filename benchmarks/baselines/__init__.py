"""What the predictor is compared with: closed forms, and networks trained on the same worlds."""
