"""What runs today and how much the application may change."""
