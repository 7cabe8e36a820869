"""On-device TFLite models, comparison of templates, and the build of the model bundle."""
