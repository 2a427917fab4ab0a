"""The LTI 1.3 tool: assignments and quizzes inside the LMS, grades back to it."""
