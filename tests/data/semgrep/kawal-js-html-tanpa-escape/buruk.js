baris.innerHTML = `<td>${warga.nama}</td>`; // TEMUAN
baris.innerHTML = "<td>" + warga.nama; // TEMUAN
this.isi = this.sanitizer.bypassSecurityTrustHtml(artikel.isi); // TEMUAN
