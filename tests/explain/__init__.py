"""`./run explain`: what the terminal sees, drawn by the product's own code from the demo's face and fingers."""
