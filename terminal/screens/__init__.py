"""What a person sees and touches. Importing it prepares Kivy's environment, before the first import of Kivy."""

from terminal.screens.environment import prepare_environment

prepare_environment()
