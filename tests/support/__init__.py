"""What several rooms of the tests share; imported as `support`."""
