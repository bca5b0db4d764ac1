<?php
$this->db->insert('pengguna', ['nama' => $nama, 'password' => $this->input->post('password')]); // TEMUAN
$perintah->execute([$_POST['nama'], $_POST['password']]); // TEMUAN
DB::table('pengguna')->insert(['password' => $request->password]); // TEMUAN
