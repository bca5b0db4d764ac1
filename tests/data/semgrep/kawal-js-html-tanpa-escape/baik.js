baris.textContent = warga.nama;
baris.innerHTML = "<td>kosong</td>";
this.isi = this.sanitizer.sanitize(SecurityContext.HTML, artikel.isi);
