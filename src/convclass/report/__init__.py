"""What people see: feedback pages, the class page, the terminal. Pure functions of results."""
