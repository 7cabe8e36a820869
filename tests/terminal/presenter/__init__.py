"""What the screens say of every step."""
