"""What runs inside otter-grader: the public tests in a student's kernel, and the plugin that grades in the sandbox."""
