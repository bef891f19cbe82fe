dsrd package signature v1
algorithm: ed25519
key-id: fe812c12f3ab4ce6ac5db69ac352f906
public-key: 6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=
signature: 5MoY7ahnw6lKWIVNEbx6Pd1QrLyXvi19Q4KMYsx34ODB+sco5WO8BhoBm6wr8/7ampckWWHQPs5VL0msgfWxBg==
