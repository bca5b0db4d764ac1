<?php
$this->db->insert('pengguna', ['nama' => $nama, 'password' => password_hash($this->input->post('password'), PASSWORD_DEFAULT)]);
$perintah->execute([$_POST['nama']]);
DB::table('pengguna')->insert(['password' => Hash::make($request->password)]);
Auth::attempt(['email' => $request->email, 'password' => $request->password]);
