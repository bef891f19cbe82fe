dsrd package signature v1
algorithm: ed25519
key-id: fe812c12f3ab4ce6ac5db69ac352f906
public-key: 6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=
signature: yp2/EJaBXPsnOBufhDqtNLTekLN64PaMV4z/23gCa/UIcORRQmthg2VTI+Rr0qBY9b+h+xt+gi0K6rvk+H3YCw==
