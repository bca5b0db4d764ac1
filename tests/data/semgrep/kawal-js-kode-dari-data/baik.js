const hasil = hitung(rumus);
setTimeout(() => kirim(nomor), 100);
setTimeout(() => muat(nama), 100);
