"""What a deployment will do, decided from what was read and shown before it is done. Nothing here calls AWS."""
