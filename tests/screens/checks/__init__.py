"""What must be true of the screens in a window: every public function of these modules is one check of a `Stage`.

They run in a process of their own (`tests.screens.child`), because a process has one window; `test_window.py` reports
each as a test.
"""
