"""What learning management systems read and write: one module per format or protocol."""
