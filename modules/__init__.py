"""What is learned: user code of the Transform and Trainer components."""
