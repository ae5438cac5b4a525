/* Binds the five math functions that got a new version in glibc 2.29 to their first version, so that what is compiled
   with this (-include) also starts on glibc 2.28 desktops such as UOS 20. The old versions differ only in how they
   report errors through matherr, which nothing here uses. */
#if defined(__x86_64__) && !defined(__ASSEMBLER__)
__asm__(".symver exp,exp@GLIBC_2.2.5");
__asm__(".symver exp2,exp2@GLIBC_2.2.5");
__asm__(".symver log,log@GLIBC_2.2.5");
__asm__(".symver log2,log2@GLIBC_2.2.5");
__asm__(".symver pow,pow@GLIBC_2.2.5");
#endif
