localStorage.setItem("access_token", jawaban.token); // TEMUAN
sessionStorage.setItem("nik", warga.nik); // TEMUAN
localStorage.jwt = jawaban.token; // TEMUAN
