dsrd package signature v1
algorithm: ed25519
key-id: fe812c12f3ab4ce6ac5db69ac352f906
public-key: 6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=
signature: Z5AvS5lWLhVTGSaC3WiKU8f3rCWrtG+r0CgGYHy7TynGzHlUtTlnRER9Nt0Oow9IN7l1I7gWsufRRxIeo+J6BA==
