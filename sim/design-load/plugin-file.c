// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What can be said of a design's file without running it. dlopen() runs a file's
 * constructors, so the stamp of vgic-plugin.h is in a note and not in a variable.
 */
#include "plugin-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "vgic-plugin.h"

/* ---- of this machine -------------------------------------------------------------- */

#define MAX_FILE (UINT64_C(1) << 30)

static const char *machine_name(unsigned int machine)
{
	switch (machine) {
	case EM_X86_64:
		return "x86-64";
	case EM_AARCH64:
		return "AArch64";
	case EM_386:
		return "i386";
	case EM_ARM:
		return "ARM";
	case EM_RISCV:
		return "RISC-V";
	case EM_PPC64:
		return "PowerPC64";
	case EM_S390:
		return "S/390";
	default:
		return "another machine";
	}
}

/* This program's own header says what it is. */
static bool own_header(GElf_Ehdr *own)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
	bool ok = elf && gelf_getehdr(elf, own);

	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* What is to be mapped and is not there would be a SIGBUS in the dynamic linker. */
static int check_whole(const char *path, Elf *elf, uint64_t bytes, struct err *err)
{
	size_t nr;

	if (elf_getphdrnum(elf, &nr) || !nr || nr > INT16_MAX)
		return err_set(err, ERR_USAGE, "%s: want program headers, have none", path);
	for (int i = 0; i < (int)nr; i++) {
		GElf_Phdr p;

		if (!gelf_getphdr(elf, i, &p))
			return err_set(err, ERR_USAGE, "%s: program header %d: %s", path, i,
				       elf_errmsg(-1));
		if (p.p_filesz > bytes || p.p_offset > bytes - p.p_filesz)
			return err_set(err, ERR_USAGE,
				       "%s: segment %d: want %" PRIu64 " bytes at %" PRIu64
				       ", have a file of %" PRIu64 ": it is cut short",
				       path, i, (uint64_t)p.p_filesz, (uint64_t)p.p_offset, bytes);
	}
	return 0;
}

static int check_header(const char *path, Elf *elf, struct err *err)
{
	static const char *const types[] = { "nothing", "an object (link it with -shared)",
					     "a program (link it with -shared)", NULL,
					     "a core dump" };
	GElf_Ehdr h, own;

	if (!gelf_getehdr(elf, &h))
		return err_set(err, ERR_USAGE, "%s: want an ELF header, have %s", path,
			       elf_errmsg(-1));
	if (h.e_type != ET_DYN)
		return err_set(err, ERR_USAGE, "%s: want a shared object, have %s", path,
			       h.e_type <= ET_CORE ? types[h.e_type] : "no type that is known");
	if (!own_header(&own))
		return 0; /* dlopen() looks as well, in other words */
	if (h.e_machine != own.e_machine || h.e_ident[EI_CLASS] != own.e_ident[EI_CLASS] ||
	    h.e_ident[EI_DATA] != own.e_ident[EI_DATA])
		return err_set(
			err, ERR_USAGE,
			"%s: want a shared object for %s, %d bits, have one for %s, %d bits", path,
			machine_name(own.e_machine), own.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32,
			machine_name(h.e_machine), h.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32);
	return 0;
}

/* ---- of this program ---------------------------------------------------------------- */

/* The stamp among the notes of a segment; a copy, because nothing there need be aligned. */
static bool stamp_in(Elf_Data *data, struct vgicsim_stamp *stamp)
{
	size_t at = 0, name, desc;
	GElf_Nhdr n;

	while (data && (at = gelf_getnote(data, at, &n, &name, &desc)) > 0) {
		const char *bytes = data->d_buf;

		if (n.n_namesz != sizeof(VGICSIM_NOTE_NAME) || n.n_type != VGICSIM_NOTE_STAMP ||
		    memcmp(bytes + name, VGICSIM_NOTE_NAME, n.n_namesz))
			continue;
		memset(stamp, 0, sizeof(*stamp));
		memcpy(stamp, bytes + desc,
		       n.n_descsz < sizeof(*stamp) ? n.n_descsz : sizeof(*stamp));
		/* They come from a file. */
		stamp->headers[sizeof(stamp->headers) - 1] = '\0';
		stamp->version[sizeof(stamp->version) - 1] = '\0';
		return true;
	}
	return false;
}

static bool find_stamp(Elf *elf, struct vgicsim_stamp *stamp)
{
	size_t nr;

	if (elf_getphdrnum(elf, &nr))
		return false;
	for (int i = 0; i < (int)nr; i++) {
		GElf_Phdr p;

		if (!gelf_getphdr(elf, i, &p) || p.p_type != PT_NOTE)
			continue;
		if (stamp_in(elf_getdata_rawchunk(elf, (int64_t)p.p_offset, p.p_filesz,
						  p.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR),
			     stamp))
			return true;
	}
	return false;
}

/* Its characters go into a message. */
static void make_printable(char *s)
{
	for (; *s; s++)
		if (*s < 0x20 || *s > 0x7e)
			*s = '?';
}

static int check_stamp(const char *path, Elf *elf, struct vgicsim_stamp *stamp, struct err *err)
{
	static const char *const what[VGICSIM_NR_SIZES] = {
		"struct vgic_design",	  "struct vgic_config", "struct vgic_irq_state",
		"struct plat_lock_class", "struct plat_front",	"struct plat_lock",
		"enum vgic_handled",
	};
	static const uint32_t want[VGICSIM_NR_SIZES] = VGICSIM_SIZES;

	if (!find_stamp(elf, stamp))
		return err_set(err, ERR_USAGE,
			       "%s: want a design, made one by VGICSIM_DESIGN() of vgic-plugin.h, "
			       "have a shared object without it",
			       path);
	make_printable(stamp->headers);
	make_printable(stamp->version);
	if (stamp->abi != VGICSIM_ABI)
		return err_set(
			err, ERR_USAGE,
			"%s: want a design built for ABI %d, which is vgicsim %s's, have one "
			"for ABI %u: build it again",
			path, VGICSIM_ABI, VGICSIM_ABI_VERSION, stamp->abi);
	if (strcmp(stamp->headers, VGICSIM_ABI_HEADERS))
		return err_set(err, ERR_USAGE,
			       "%s: want a design built with the headers of this vgicsim %s (%s), "
			       "have one with those of vgicsim %s (%s): build it again",
			       path, VGICSIM_ABI_VERSION, VGICSIM_ABI_HEADERS, stamp->version,
			       stamp->headers);
	for (unsigned int i = 0; i < VGICSIM_NR_SIZES; i++)
		if (stamp->sizes[i] != want[i])
			return err_set(err, ERR_USAGE,
				       "%s: %s: want %u bytes, have %u: it was compiled with an "
				       "option that changes layouts",
				       path, what[i], want[i], stamp->sizes[i]);
	return 0;
}

/* ---- the file ------------------------------------------------------------------------ */

static int check_bytes(const char *path, char *bytes, size_t n, struct plugin_file *f,
		       struct err *err)
{
	struct vgicsim_stamp stamp;
	Elf *elf;
	int ret;

	elf_version(EV_CURRENT);
	elf = elf_memory(bytes, n);
	if (!elf || elf_kind(elf) != ELF_K_ELF) {
		elf_end(elf);
		return err_set(err, ERR_USAGE,
			       "%s: want a shared object, have a file of another kind", path);
	}
	ret = check_header(path, elf, err);
	if (!ret)
		ret = check_whole(path, elf, n, err);
	if (!ret)
		ret = check_stamp(path, elf, &stamp, err);
	elf_end(elf);
	if (ret)
		return ret;
	f->digest = XXH3_64bits(bytes, n);
	memcpy(f->version, stamp.version, sizeof(f->version));
	return 0;
}

int plugin_file_check(const char *path, struct plugin_file *f, struct err *err)
{
	/* Not to hang on a FIFO. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ret;
	void *bytes = MAP_FAILED;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		ret = err_set(err, ERR_USAGE, "%s: want a shared object: %s", path,
			      strerror(errno));
	else if (!S_ISREG(st.st_mode))
		ret = err_set(err, ERR_USAGE, "%s: want a shared object, have %s", path,
			      S_ISDIR(st.st_mode) ? "a directory" : "no regular file");
	else if (!st.st_size || (uint64_t)st.st_size > MAX_FILE)
		ret = err_set(err, ERR_USAGE, "%s: want a shared object, have %s", path,
			      st.st_size ? "more than 1 GiB" : "an empty file");
	else if ((bytes = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
			       0)) == MAP_FAILED)
		ret = err_set(err, ERR_USAGE, "%s: could not be read: %s", path, strerror(errno));
	else
		ret = check_bytes(path, bytes, (size_t)st.st_size, f, err);
	if (bytes != MAP_FAILED)
		munmap(bytes, (size_t)st.st_size);
	if (fd >= 0)
		close(fd);
	return ret;
}
