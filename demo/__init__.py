"""The complete payment that `./run demo` plays with real parts."""
